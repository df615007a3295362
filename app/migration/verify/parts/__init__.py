"""One pass over a table, divided into parts that other processes read.

`part` is the work item and its answer, `dividing` makes items of chunks, `reading` carries one out,
`scan` hands all of a table to a carrier and adds up what comes back. Every part is read under the
same snapshot, which the process that asked holds: parts are as if one process had read them all.
"""
