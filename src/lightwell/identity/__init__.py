"""Who is it, and is it the same person? What follows from embeddings, whatever made them."""
