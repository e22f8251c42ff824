"""What the tests of other SDKs' answers share: a server for their real clients, and what they answer."""
