"""The command line: one file a subcommand, each thin over the rooms below."""
