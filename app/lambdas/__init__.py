"""What runs in AWS: one package a function, and the few modules that they share."""
