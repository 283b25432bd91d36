def pytest_ignore_collect(collection_path, config):
    """The common tests load much of Transformers, so they are looked at only when they are asked for."""
    if config.option.markexpr != "transformers":
        return True
    return None
