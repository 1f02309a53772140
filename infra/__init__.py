"""What the work needs: engines, media, the store, the catalogue, pools, settings, errors."""
