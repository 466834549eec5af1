"""Who acts: one thin file per service, the command line, the composition root. Decisions: streams/rules/."""
