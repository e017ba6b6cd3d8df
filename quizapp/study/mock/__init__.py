"""Mock interviews: what is asked next, the clock, and the scorecard."""
