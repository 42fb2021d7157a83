"""Find logs at paths and URLs, and read the stored bytes."""
