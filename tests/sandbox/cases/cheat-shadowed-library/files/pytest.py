def raises(*a): raise SystemExit
