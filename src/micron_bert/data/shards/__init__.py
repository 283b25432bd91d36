"""Unlabelled films as shards of aligned faces, made once by as many machines as there are."""
