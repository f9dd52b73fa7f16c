"""Small real clouds for whoever asks for one."""

from tests.support.nursery import cloud, nursery, whole_cloud

__all__ = ["cloud", "nursery", "whole_cloud"]
