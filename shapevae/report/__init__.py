"""The 2021 report redone: what to train, how it is measured and compared, and one page with its figures."""
