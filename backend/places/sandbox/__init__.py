"""What runs in the child process that reads uploaded geodata: no Django, no database, no network, little memory."""
