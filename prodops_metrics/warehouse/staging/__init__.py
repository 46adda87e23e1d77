"""From an export file to typed rows: landed as text, then typed, each row with what is wrong with it."""
