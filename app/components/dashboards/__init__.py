"""The three dashboards as JSON, built without cdktf."""
