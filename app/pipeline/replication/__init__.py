"""The command `payshift replication`: starting the tasks for the first time, and watching them."""
