"""Does what an application load balancer does in front of a Lambda target."""
