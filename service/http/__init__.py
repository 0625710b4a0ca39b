"""Everything that speaks HTTP: routes, admission, negotiation, problem documents."""
