"""One AWS service a file. A module registers its types when it is imported; all of them are.

A pricer is a function (resource, context, bill) that adds a line for everything that AWS bills
for the resource. A type that costs nothing is listed with the reason.
"""
