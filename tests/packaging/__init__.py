"""Tests of what is distributed: the wheel, the image, the examples of deployment and of BI tools."""
