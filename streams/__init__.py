"""What flows, what it means, and what moves it. The language: events/; decisions: rules/; the engine: engine/."""
