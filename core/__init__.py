"""The verbs on identities. No HTTP: a verb takes plain values and returns plain values or raises a refusal."""
