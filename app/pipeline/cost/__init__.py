"""What the synthesized workspaces cost a month: resources, usage, prices.

`inventory` reads the resources, `pricers/` turns each into priced lines, `estimate` adds them up,
`table` and `difference` show them, `refresh` brings the prices up to date.
"""
