"""The gallery, the landscapes and About as static files for any web host."""
