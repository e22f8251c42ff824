"""Local stand-ins for Bedrock and for Lambda, on loopback: for the demo and for integration tests."""
