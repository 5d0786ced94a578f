"""What CloudFormation does, where MiniStack's way is not AWS's: nested stacks."""
