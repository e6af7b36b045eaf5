"""The verbs on identities: what a door can do with accounts, sessions, owners and mails.

A verb takes plain values, and returns plain values or raises a refusal (`refusals`). Nothing here knows HTTP.
"""
