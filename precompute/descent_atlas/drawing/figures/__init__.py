"""Plotly figures of landscapes and profiles, in the page's colours."""
