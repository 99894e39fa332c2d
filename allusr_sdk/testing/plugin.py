"""The pytest plugin: fixtures for authors of plugins, each importing what it needs when it is first asked for."""
