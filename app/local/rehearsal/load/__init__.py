"""The load: clients that pay at a steady rate, resolve by DNS, remember what was promised."""
