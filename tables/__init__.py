"""What is remembered: one file per service, and views/ that answer over HTTP. The decisions are in streams/rules/."""
