"""The only package that speaks SQL: connections, facts, version rows, accounts, schemas, row counts, stored URLs."""
