"""How long a work-group takes alone: its instructions, the order that they are issued in, and what they wait for."""
