"""What pages show: answers of named queries, made into what a template writes down."""
