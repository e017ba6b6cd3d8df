"""Measurements that print ratios; pytest does not collect them."""
