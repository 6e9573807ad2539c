"""The only room where a program is started."""
