"""Tests of whole passes against real servers, databases and processes on this machine."""
