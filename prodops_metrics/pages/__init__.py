"""The dashboard: pages that call a report and draw its charts, and the server that shows them."""
