"""Messages of remote parties from their side: keys, head-end, decoding, replay."""
