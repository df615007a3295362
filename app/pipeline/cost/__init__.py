"""What the synthesized workspaces cost a month: resources, usage, prices.

`inventory` reads the resources, `pricers/` turns each into priced lines, `estimate` adds them up,
`table` and `difference` show them, `refresh` brings the prices up to date.

Left out: taxes, support plans, discounts, commitments, and the free allowances of an account (they
are the account's, not this target's). So the bill is rather lower than the estimate.
"""
