"""The commands of payshift and what they are made of: checking, planning and delivering phases."""
