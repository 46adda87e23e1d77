"""The dashboard as a Streamlit script: `streamlit run app.py`. `prodops serve` runs the same from any directory."""

from prodops_metrics.pages.main import main

main()
