print({"apple", "pear", "plum", "fig", "quince"}, hash("apple"))
