"""What every verb and command takes: declared once, light enough for ``--help``."""
