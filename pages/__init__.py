"""What people see. Pages draw what `importer.service` answers and decide nothing themselves."""
