"""What is measured. Every `measure` interleaves its variants and returns the figures of each round."""
