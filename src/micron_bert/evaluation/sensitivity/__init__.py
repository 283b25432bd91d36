"""How small a movement is found in a film: micro-expressions are put into its pictures and looked for."""
