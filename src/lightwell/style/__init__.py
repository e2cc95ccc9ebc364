"""What an artwork is made of, and what its loss is: pictures, colours, tiles, the objective. No Lightning, no files."""
