"""The web page at `/`: HTML, scripts, style, and the bundle of npm packages."""
