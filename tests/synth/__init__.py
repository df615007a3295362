"""What the CDKTF program writes: properties of the synthesized workspaces."""
